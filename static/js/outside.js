// The way out of an app's own browser, in which wallets do not work: into the phone's browser, or by a copy of the link. Loaded by
// wallets.js.
(() => {
  "use strict";
  const [words, copied, open, copy, link] = document.querySelectorAll(".outside span, .outside a, .outside button, .outside input");
  open.hidden = !/Android/.test(navigator.userAgent);
  copy.hidden = !open.hidden;
  const [scheme, rest] = location.href.split("://");
  open.href = `intent://${rest}#Intent;scheme=${scheme};action=android.intent.action.VIEW;end`;
  // Not every app lets its visitors go.
  open.addEventListener("click", () => setTimeout(() => { copy.hidden = document.hidden; }, 1500));
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      link.hidden = false;
      link.value = location.href;
      link.select();
      if (!document.execCommand("copy")) return; // the link is there, and selected
    }
    words.hidden = true;
    copied.hidden = false;
  });
})();
