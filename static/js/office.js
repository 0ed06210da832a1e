// The back office's few habits that need a script: copy a link, open and close a dialog, and poll only where somebody looks and nothing is open.
(() => {
  "use strict";

  // <button data-copy="#link" data-copied="Copied">: copies the element's value or text, and says so in the button for two seconds.
  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(source.value || source.textContent.trim());
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = words; }, 2000);
    } catch {
      // The browser does not let us: leave the text selected, which is the next best.
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-open], [data-close], [data-print]");
    if (!button) return;
    if ("copy" in button.dataset) copy(button);
    else if ("open" in button.dataset) document.querySelector(button.dataset.open).showModal();
    else if ("close" in button.dataset) button.closest("dialog").close();
    else window.print();
  });

  // <input type="file" data-most="8388608" data-over="Too large">: said before anything is sent.
  document.addEventListener("change", ({ target }) => {
    if (!target.dataset.most) return;
    target.setCustomValidity([...target.files].some((file) => file.size > target.dataset.most) ? target.dataset.over : "");
    target.reportValidity();
  });

  // A form that came back with an error stands in its dialog, in front of the page.
  document.querySelectorAll("dialog[open][data-modal]").forEach((dialog) => { dialog.close(); dialog.showModal(); });

  // Of tabs that are wider than a phone, the one whose page this is.
  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => tab.scrollIntoView({ inline: "center", block: "nearest" }));

  // Nobody loses what they have open: an open dialog stops the polling, and what was unfolded is unfolded again.
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceEvent;
    const away = document.hidden || document.querySelector("dialog[open]");
    const still = event.target.closest && event.target.closest("[data-still]");
    const held = still && still.querySelector(":checked, :focus");
    if ((away || held) && source && source.type === "every") event.preventDefault();
  });
  let unfolded = [];
  document.addEventListener("htmx:before:swap", () => {
    unfolded = [...document.querySelectorAll("details[id][open]")].map((details) => details.id);
  });
  document.addEventListener("htmx:after:swap", () => {
    unfolded.forEach((id) => { const details = document.getElementById(id); if (details) details.open = true; });
  });
})();
