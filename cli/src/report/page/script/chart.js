// A chart: its curves, its tools, what the pointer and the keys do.
const COLORS = 8, ROWS = 10;

class Chart {
  constructor(stage, data, runs) {
    this.stage = stage;
    this.data = data;
    this.svg = stage.querySelector("svg");
    // Who does not see it hears the keys.
    this.tip = element(stage, "div", { className: "tip", hidden: true, ariaHidden: "true" });
    this.view = null;
    this.isLog = false;
    this.axis = data.axis || "";
    this.cursor = null;
    this.curves = data.curves.map((curve, index) => this.curve(curve, index, runs));
    this.along(this.axis);
    this.tools();
    this.legend();
    this.listen();
    this.width = 0;
    // Asking the stage for its width would have the whole page laid out anew for each chart.
    new ResizeObserver(([{ contentRect }]) => {
      if (Math.abs(contentRect.width - this.width) < 1) return;
      this.width = contentRect.width;
      this.draw();
    }).observe(stage);
  }

  curve(given, index, runs) {
    const several = runs.length > 1, count = this.data.curves.length;
    const name = several ? `${runs[given.run]} ${given.label}`.trim() : given.label || this.data.name;
    const place = several ? given.run : index;
    const hasRamp = !several && count > COLORS;
    return {
      name,
      isShown: true,
      color: hasRamp ? "ramp" : `k${place % COLORS}${place >= COLORS ? " dashed" : ""}`,
      hue: hasRamp ? Math.round(300 - 260 * index / (count - 1)) : null,
      step: numbers(given.x),
      y: numbers(given.y),
      axes: Object.fromEntries(Object.entries(given.axes).map(([axis, values]) => [axis, numbers(values)])),
    };
  }

  // Puts another quantity along x.
  along(axis) {
    this.axis = axis;
    for (const curve of this.curves) {
      const values = Object.hasOwn(curve.axes, axis) ? curve.axes[axis] : null;
      curve.x = axis ? values || new Float64Array(curve.step.length).fill(NaN) : curve.step;
    }
  }

  get shown() {
    return this.curves.filter((curve) => curve.isShown);
  }

  xName() {
    const axis = this.data.axes.find((one) => one.name === this.axis);
    if (!axis) return this.data.x;
    return axis.unit ? `${axis.name} [${axis.unit}]` : axis.name;
  }

  draw() {
    if (!this.width) return;
    this.place = plot(this.svg, this.shown, this.view, this.isLog, { x: this.xName() }, this.width);
    this.reset.hidden = !this.view;
    this.stage.dataset.x = this.place.x.join(" ");
    this.stage.dataset.y = this.place.y.join(" ");
    this.point();
  }

  // The tools above the drawing.
  tools() {
    const tools = this.stage.parentElement.querySelector(".tools");
    const button = (text, title, action) => {
      const made = element(tools, "button", { type: "button", textContent: text, title });
      made.addEventListener("click", action);
      return made;
    };
    this.reset = button("Whole range", "Show all of it (double click, Escape)", () => this.zoom(null));
    this.reset.hidden = true;
    if (this.data.axes.length) {
      const choice = element(tools, "select", { title: "Along x" });
      choice.setAttribute("aria-label", "Along x");
      for (const name of ["", ...this.data.axes.map((axis) => axis.name)]) {
        element(choice, "option", { value: name, textContent: name || this.data.x });
      }
      choice.value = this.axis;
      choice.addEventListener("change", () => {
        this.along(choice.value);
        this.zoom(null);
      });
    }
    this.log = button("Log", "Logarithmic y (L)", () => this.toggleLog());
    this.log.setAttribute("aria-pressed", "false");
  }

  toggleLog() {
    this.isLog = !this.isLog;
    this.log.setAttribute("aria-pressed", String(this.isLog));
    if (this.view) this.view.y = null;
    this.draw();
  }

  // The names of the curves, which show and hide them.
  legend() {
    if (this.curves.length < 2) return;
    let list = this.stage.parentElement.querySelector(".legend");
    const buttons = [];
    const show = (curve, button, isShown) => {
      curve.isShown = isShown;
      button.setAttribute("aria-pressed", String(isShown));
    };
    if (this.curves.length > 12) {
      list = element(list, "details", {}, Object.assign(document.createElement("summary"), {
        textContent: `${this.curves.length} curves`,
      }));
      for (const [text, isShown] of [["Show all", true], ["Hide all", false]]) {
        element(list, "button", { type: "button", textContent: text }).addEventListener("click", () => {
          this.curves.forEach((curve, index) => show(curve, buttons[index], isShown));
          this.draw();
        });
      }
    }
    for (const curve of this.curves) {
      const button = element(list, "button", { type: "button", className: "key" });
      const sample = drawn(button, "svg", { width: 18, height: 10, "aria-hidden": "true" });
      const line = drawn(sample, "path", { class: `curve ${curve.color}`, d: "M1 5H17" });
      if (curve.hue !== null) line.style.setProperty("--hue", curve.hue);
      button.append(curve.name);
      buttons.push(button);
      show(curve, button, true);
      button.addEventListener("click", () => {
        show(curve, button, !curve.isShown);
        this.draw();
      });
    }
  }

  zoom(view) {
    this.view = view;
    this.draw();
  }

  // The part of the range around `center`, `factor` times as wide.
  scaled(factor, center) {
    const { left, across, xScale } = this.place;
    const part = center === null ? 0.5 : xScale.at(center);
    const low = xScale.back(part - part * factor), high = xScale.back(part + (1 - part) * factor);
    if (!(low < high) || !Number.isFinite(high / 2 - low / 2) || left + across <= 0) return;
    this.zoom({ x: [low, high], y: null });
  }

  // The point of each curve that is nearest to `x`, within the range.
  nearest(x) {
    const [low, high] = this.place.x;
    const found = [];
    for (const curve of this.shown) {
      let best = -1, distance = Infinity;
      for (let index = 0; index < curve.x.length; index++) {
        const away = Math.abs(curve.x[index] - x);
        if (away < distance && curve.x[index] >= low && curve.x[index] <= high) {
          best = index;
          distance = away;
        }
      }
      if (best >= 0) found.push({ curve, x: curve.x[best], y: curve.y[best], distance });
    }
    return found;
  }

  // Shows the crosshair and the values at the cursor, or hides them.
  point(announce = false) {
    const { over, px, py, left, across, down, yScale } = this.place;
    over.replaceChildren();
    this.tip.hidden = true;
    const points = this.cursor === null ? [] : this.nearest(this.cursor);
    if (!points.length) return;
    const at = points.reduce((best, point) => (point.distance < best.distance ? point : best)).x;
    drawn(over, "line", { class: "cross", x1: px(at), x2: px(at), y1: TOP, y2: TOP + down });
    // Curves that have no point near it say nothing about it.
    const near = points.filter((point) => Math.abs(px(point.x) - px(at)) <= Math.max(4, across / 50));
    for (const { curve, x, y } of near) {
      if (!yScale.isThere(y)) continue;
      if (near.length === 1) {
        drawn(over, "line", { class: "cross", x1: left, x2: left + across, y1: py(y), y2: py(y) });
      }
      const dot = drawn(over, "circle", { class: `dot ${curve.color}`, cx: px(x), cy: py(y), r: 3.5 });
      if (curve.hue !== null) dot.style.setProperty("--hue", curve.hue);
    }
    this.tell(near, at, announce);
  }

  // Says the values in words beside the crosshair.
  tell(points, at, announce) {
    const unit = this.data.unit ? ` ${this.data.unit}` : "";
    const title = `${this.xName()} ${show(at, 8)}`;
    const lines = points.slice(0, ROWS).map(({ curve, y }) => {
      const value = show(y) + unit;
      return this.curves.length > 1 ? [curve.name, value] : ["", value];
    });
    this.tip.replaceChildren();
    element(this.tip, "div", { className: "at", textContent: title });
    for (const [index, [name, value]] of lines.entries()) {
      const row = element(this.tip, "div", { className: "value" });
      if (name) {
        const sample = drawn(row, "svg", { width: 12, height: 8 });
        const line = drawn(sample, "path", { class: `curve ${points[index].curve.color}`, d: "M0 4H12" });
        if (points[index].curve.hue !== null) line.style.setProperty("--hue", points[index].curve.hue);
        element(row, "span", { className: "who", textContent: name });
      }
      element(row, "b", { textContent: value });
    }
    if (points.length > ROWS) {
      element(this.tip, "div", { className: "at", textContent: `and ${points.length - ROWS} more` });
    }
    this.tip.hidden = false;
    const x = this.place.px(at), width = this.tip.offsetWidth;
    const isRight = x + 14 + width <= this.width;
    const start = isRight ? x + 14 : Math.max(0, x - 14 - width);
    this.tip.style.left = `${start}px`;
    if (announce) {
      const said = lines.map(([name, value]) => `${name} ${value}`.trim()).join(", ");
      document.getElementById("said").textContent = `${title}: ${said}`;
    }
  }

  listen() {
    const stage = this.stage;
    const where = (event) => {
      const box = this.svg.getBoundingClientRect(), scale = this.place.width / box.width;
      return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    };
    let start = null;
    const value = (x) => this.place.xScale.back((x - this.place.left) / this.place.across);
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = where(event);
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      const now = where(event);
      this.cursor = value(now[0]);
      this.point();
      if (start) this.choose(start, now);
    });
    stage.addEventListener("pointerup", (event) => {
      const chosen = start && this.choose(start, where(event));
      start = null;
      if (chosen) this.zoom(chosen);
    });
    const leave = () => {
      start = null;
      this.cursor = null;
      if (this.place) this.point();
    };
    stage.addEventListener("pointercancel", leave);
    stage.addEventListener("pointerleave", leave);
    stage.addEventListener("blur", leave);
    stage.addEventListener("dblclick", () => this.zoom(null));
    stage.addEventListener("keydown", (event) => this.key(event));
  }

  // Marks the part between two places; returns it, unless it is too narrow to be meant. A part of the height
  // is chosen where it is much of it.
  choose([x1, y1], [x2, y2]) {
    const { over, left, across, down, xScale, yScale } = this.place;
    const inside = (value, low, high) => Math.max(low, Math.min(high, value));
    const xs = [x1, x2].map((x) => inside(x, left, left + across)).sort((a, b) => a - b);
    const ys = [y1, y2].map((y) => inside(y, TOP, TOP + down)).sort((a, b) => a - b);
    if (xs[1] - xs[0] < 8) return null;
    const isBox = ys[1] - ys[0] > 0.4 * down;
    const [top, bottom] = isBox ? ys : [TOP, TOP + down];
    drawn(over, "rect", { class: "chosen", x: xs[0], y: top, width: xs[1] - xs[0], height: bottom - top });
    const x = xs.map((at) => xScale.back((at - left) / across));
    const y = isBox ? [bottom, top].map((at) => yScale.back(1 - (at - TOP) / down)) : null;
    return x[0] < x[1] && (!y || y[0] < y[1]) ? { x, y } : null;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      Home: () => this.step(-Infinity),
      End: () => this.step(Infinity),
      "+": () => this.scaled(0.5, this.cursor),
      "-": () => (this.view ? this.scaled(2, this.cursor) : null),
      Escape: () => this.zoom(null),
      l: () => this.toggleLog(),
    };
    const action = actions[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  }

  // Moves the cursor over the points of the curve that has most of them.
  step(count) {
    const [low, high] = this.place.x;
    const inside = (curve) => curve.x.filter((x) => x >= low && x <= high).sort();
    const all = this.shown.map(inside).reduce((a, b) => (b.length > a.length ? b : a), []);
    if (!all.length) return;
    const found = all.findIndex((x) => x >= this.cursor);
    const now = this.cursor === null ? -1 : found < 0 ? all.length : found;
    const next = Math.max(0, Math.min(all.length - 1, now + count));
    this.cursor = all[next];
    this.point(true);
  }
}
