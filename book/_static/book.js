/* Small repairs that make the theme usable from the file system, by keyboard and by screen reader. */
"use strict";

/* A browser lets no page read another file: the search shows titles only when the book is opened from the file system. */
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

document.addEventListener("DOMContentLoaded", () => {
  const book = document.querySelector(".bd-sidebar-primary .sidebar-primary-item");
  if (book) { book.setAttribute("role", "navigation"); book.setAttribute("aria-label", "Book"); }
  document.querySelectorAll("summary[aria-label], .search-button-field[aria-label]").forEach((e) => e.removeAttribute("aria-label"));
  document.querySelectorAll("[role=list] > [role=doc-biblioentry]").forEach((e) => e.setAttribute("role", "listitem"));
});

/* What scrolls can be reached by the keyboard. */
function reachScrollers() {
  for (const e of document.querySelectorAll("div.math, mjx-container, .pst-scrollable-table-container, .output pre, pre")) {
    if (e.scrollWidth > e.clientWidth + 1) e.tabIndex = 0;
    else if (e.tabIndex === 0) e.removeAttribute("tabindex");
  }
}
window.addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reachScrollers));
window.addEventListener("resize", reachScrollers);

// A displayed equation that is wider than the page is set smaller until it fits, to 60 %; what is wider still scrolls in its own box.
(() => {
  const LEAST = 0.6;
  function fitEquations() {
    const all = [...document.querySelectorAll('article mjx-container[display="true"]')];
    for (const equation of all) equation.style.fontSize = equation.dataset.size ??= equation.style.fontSize;   // MathJax's own
    const wide = all.map((equation) => {
      const room = equation.clientWidth, needs = equation.querySelector("mjx-math")?.getBoundingClientRect().width || 0;
      return [equation, room > 0 && needs > room ? Math.max(LEAST, (room - 2) / needs) : 1];
    });
    for (const [equation, share] of wide)
      if (share < 1) equation.style.setProperty("font-size", `${share * parseFloat(getComputedStyle(equation).fontSize)}px`, "important");
  }
  window.addEventListener("load", () => {
    window.MathJax?.startup?.promise?.then(fitEquations);
    let width = innerWidth;
    window.addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; fitEquations(); } });
    for (const details of document.querySelectorAll("article details")) details.addEventListener("toggle", fitEquations);
  });
})();
