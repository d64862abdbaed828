import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { SnowClassifier } from "./SnowClassifier.jsx";

const SERVICE = import.meta.env.VITE_SERVICE ?? "http://127.0.0.1:8000";

function App() {
  const [answers, setAnswers] = useState([]);
  return (
    <main>
      <SnowClassifier src={SERVICE} onAnswer={(answer) => setAnswers((before) => [...before, answer])} />
      <ul>
        {answers.map(({ name, label, probability }, index) => (
          <li key={index}>
            {name}: {label}, {Math.round(100 * probability)} %
          </li>
        ))}
      </ul>
    </main>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
