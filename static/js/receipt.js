// Keeps the receipt as a picture, set as the page sets it, on white. A phone's own sheet saves it or sends it on; else a download.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const box = (thing) => thing.getBoundingClientRect();
  let busy = false;

  function draw() {
    const parts = [...document.querySelectorAll(".test, .shop, h1, #summary, footer > p:last-child")];
    const page = box(document.body);
    const scale = 1080 / page.width;
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const range = document.createRange();
    canvas.width = 1080;
    canvas.height = scale * parts.reduce((sum, part) => sum + part.offsetHeight + 12, 12);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 1080, canvas.height);
    pen.textAlign = "center";
    pen.textBaseline = "middle";

    function write(node) {
      let start = 0, line = {};
      const put = (text) => pen.fillText(text, line.x + line.width / 2, line.y + line.height / 2);
      range.setStart(node, 0);
      for (let end = 1; end <= node.length; end++) {
        range.setEnd(node, end);
        if (box(range).height > line.height * 1.5) { // the next line has begun
          put(node.data.slice(start, end - 1).trim());
          range.setStart(node, start = end - 1);
        }
        line = box(range);
      }
      put(node.data.slice(start));
    }

    let y = 0;
    for (const part of parts) {
      pen.setTransform(scale, 0, 0, scale, -page.left * scale, (y - box(part).top) * scale);
      y += part.offsetHeight + 12;
      for (const element of [part, ...part.querySelectorAll("bdi, small, .free, dt, dd, .logo, .badge")]) {
        const { backgroundColor, color, direction, fontWeight, fontSize, fontFamily } = getComputedStyle(element);
        const { x, y, width, height } = box(element);
        pen.fillStyle = backgroundColor;
        pen.fillRect(x, y, width, height);
        if (element.naturalWidth) pen.drawImage(element, x, y, width, height);
        pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
        pen.direction = direction;
        pen.fillStyle = element.matches(".test, .badge") ? color : "#14201c";
        for (const node of element.childNodes) if (node.length) write(node);
      }
    }
    return canvas;
  }

  async function keep() {
    const blob = await new Promise((done) => draw().toBlob(done));
    const name = find("#reference").textContent.replace(/[^\p{L}\p{N}]+/gu, "-");
    const files = [new File([blob], `receipt-${name}.png`, { type: blob.type })];
    try {
      if (navigator.canShare && navigator.canShare({ files })) return await navigator.share({ files });
    } catch (error) {
      if (error.name === "AbortError") return; // the buyer closed the sheet
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(files[0]);
    link.download = files[0].name;
    link.click();
    find("[data-kept=saved]").hidden = false;
  }

  find("#keep button").addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    document.querySelectorAll("[data-kept]").forEach((p) => { p.hidden = true; });
    await keep().catch(() => { find("[data-kept=failed]").hidden = false; });
    busy = false;
  });
})();
