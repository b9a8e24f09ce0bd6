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
