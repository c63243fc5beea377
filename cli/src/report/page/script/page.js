// The page: its charts, and the choice between light and dark.
const given = JSON.parse(document.getElementById("drawings").textContent);
for (const stage of document.querySelectorAll(".stage")) {
  new Chart(stage, given.charts[Number(stage.dataset.chart)], given.runs);
}

const root = document.documentElement, theme = document.getElementById("theme");
const isDark = () => getComputedStyle(root).colorScheme === "dark"
  || (root.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);
const say = () => theme.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
theme.hidden = false;
theme.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  say();
});
say();
root.dataset.ready = "";
