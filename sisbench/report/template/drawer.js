// The provenance of a run in a drawer beside the leaderboard, and buttons that copy its command.

const drawer = document.getElementById("drawer");

function openDrawer(run) {
  const sheet = document.getElementById(`run-${run}`).querySelector(".sheet").cloneNode(true);
  const close = make("button", { type: "button" }, "Close");
  close.addEventListener("click", () => drawer.close());
  addCopy(sheet);
  drawer.replaceChildren(make("header", {}, make("h2", { id: "drawer-title" }, "Provenance of ", named(data.runs[run].label)), close),
    make("div", { className: "dialog-body" }, sheet));
  drawer.showModal();
  close.focus();
}

function addCopy(sheet) {
  const paragraph = sheet.querySelector(".command");
  const code = paragraph.querySelector("code");
  const button = make("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // A browser may refuse; the command is then selected, ready for the keyboard.
      window.getSelection().selectAllChildren(code);
      button.textContent = "Selected: press Ctrl+C";
    }
  });
  paragraph.querySelector("button")?.remove();
  paragraph.append(button);
}

for (const row of document.querySelectorAll(".board tbody tr")) {
  const button = make("button", { type: "button", className: "plain" }, "Provenance");
  button.setAttribute("aria-label", `Provenance of ${data.runs[Number(row.dataset.run)].label}`);
  button.addEventListener("click", () => openDrawer(Number(row.dataset.run)));
  row.cells[0].querySelector("small").append(" · ", button);
}
for (const sheet of document.querySelectorAll(".run .sheet")) addCopy(sheet);
for (const dialog of [viewer, drawer]) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
}
