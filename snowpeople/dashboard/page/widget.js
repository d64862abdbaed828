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
    /** @param {{model: Model, el: HTMLElement}} context */
    render({ model, el }) {
      const view = new View(session, el, model.get("examples"));
      return () => view.close();
    },
  };
};
