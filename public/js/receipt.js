// Offers to print or copy the receipt; without this script it can still be noted, or printed from the browser's menu.
(() => {
  const actions = document.querySelector("[data-receipt-actions]");
  const copy = actions.querySelector("[data-copy]");
  const copied = actions.querySelector("[data-copied]");

  actions.hidden = false;
  actions.querySelector("[data-print]").addEventListener("click", () => window.print());

  // The clipboard exists only on HTTPS and localhost.
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
      copied.textContent = "Reçu copié.";
    } catch {
      copied.textContent = "La copie a échoué\u00a0: notez le reçu.";
    }
  });
})();
