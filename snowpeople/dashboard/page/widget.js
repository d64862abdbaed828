/** What anywidget calls. */

export default () => {
  /** @type {Session} */
  let session;
  return {
    /** @param {{model: Model}} context */
    initialize({ model }) {
      session = new Session(model);
      return () => session.close();
    },
    /** @param {{el: HTMLElement}} context */
    render({ el }) {
      const view = new View(session, el);
      return () => view.close();
    },
  };
};
