"use strict";

// When the session has ended: open another, if the server is still there.
window.addEventListener("DOMContentLoaded", () => {
  const text = document.getElementById("ended-text");
  const again = document.getElementById("again");
  again.addEventListener("click", async () => {
    try {
      const answer = await fetch(window.location.pathname, { cache: "no-store", credentials: "same-origin" });
      if (answer.ok) {
        window.location.reload();
        return;
      }
      text.textContent = "This tab belongs to a tuimail serve that has ended: open the address that the new one printed.";
    } catch {
      text.textContent = "tuimail serve has ended: start it again in the terminal, and open the address that it prints.";
    }
  });
  new MutationObserver(() => {
    if (document.body.classList.contains("-closed")) {
      again.focus();
    }
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
