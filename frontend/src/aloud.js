// A question read aloud by the browser's own voice. The button is there only where a voice of the
// page's language is: nobody presses in vain. Text, screen readers and the telephone do without it.
import { each } from "./page.js";

const voices = window.speechSynthesis;

/** A voice of this language, one of the device's own first: it works without a line. */
export function voiceFor(lang, all) {
  const short = lang.slice(0, 2).toLowerCase();
  const fits = all.filter((one) => one.lang.toLowerCase().replace("_", "-").startsWith(short));
  return fits.find((one) => one.localService) || fits[0] || null;
}

/** What is said: the question, then each answer with its place, so that it can be found again. */
export function wordsOf(group) {
  const legend = group.querySelector("legend");
  const answers = [...group.querySelectorAll("label")].map((one) => one.textContent.trim());
  const stop = document.documentElement.lang.startsWith("zh") ? "。" : ". ";
  const numbered = answers.map((word, at) => `${at + 1}, ${word}`);
  return `${legend.textContent.trim()} ${numbered.join(stop)}`;
}

function say(group, voice) {
  voices.cancel();
  const saying = new SpeechSynthesisUtterance(wordsOf(group));
  saying.voice = voice;
  saying.lang = voice.lang;
  // For ears that need time.
  saying.rate = 0.85;
  voices.speak(saying);
}

each("button[data-aloud]", (button) => {
  if (!voices || !window.SpeechSynthesisUtterance) return;
  const group = button.closest("fieldset");
  const find = () => voiceFor(document.documentElement.lang, voices.getVoices());
  const show = () => {
    button.hidden = !find();
  };
  show();
  // Chromium tells its voices some time after the page.
  if (voices.addEventListener) voices.addEventListener("voiceschanged", show);
  button.addEventListener("click", () => {
    const voice = find();
    if (voice) say(group, voice);
  });
  window.addEventListener("pagehide", () => voices.cancel());
});
