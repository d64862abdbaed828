/**
 * <snow-classifier> as a component. React puts the script into the page's head, once, however many there are.
 *
 * src: the address of the service. apiKey: if it asks for one (React keeps `key` for itself). onAnswer: is called with
 * what each picture shows.
 */
export function SnowClassifier({ src, apiKey, language, onAnswer }) {
  return (
    <>
      <script async src={`${src}/snow-classifier.js`} />
      <snow-classifier
        src={src}
        api-key={apiKey}
        language={language}
        onsnow-answer={(event) => onAnswer?.(event.detail)}
      />
    </>
  );
}
