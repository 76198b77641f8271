"use strict";

const TEXTS = {
  en: {
    model: "Model", drop: "Drop a picture here, paste one, or click to choose", token: "This server needs a token",
    send: "Use it", answer: "Answer", program: "From a program", metrics: "Metrics", other: "中文",
    nothing: "Nothing was found.", took: "{ms} ms · {width} × {height} pixels", waiting: "Waiting for the answer …",
    unreachable: "The server does not answer.", rows: "Rows, as JSON; null where a value is missing", predict: "Predict",
    example: "A usual row", key: "key", tookRows: "{ms} ms · rows: {rows}", noJson: "This is no JSON: {reason}",
  },
  zh: {
    model: "模型", drop: "将图片拖到这里、粘贴，或点击选择", token: "此服务需要令牌",
    send: "使用", answer: "结果", program: "在程序中调用", metrics: "指标", other: "English",
    nothing: "没有发现任何目标。", took: "{ms} 毫秒 · {width} × {height} 像素", waiting: "正在等待结果……",
    unreachable: "服务没有响应。", rows: "行（JSON 格式），缺失的值写 null", predict: "预测",
    example: "典型的一行", key: "键", tookRows: "{ms} 毫秒 · {rows} 行", noJson: "这不是 JSON：{reason}",
  },
};
const COLOURS = ["#e4572e", "#2f6fdb", "#1b998b", "#b5179e", "#f0a202", "#6a4c93", "#4d7c0f", "#0e7490"];
const SHOWN = 40;

const element = (id) => document.getElementById(id);
let language = navigator.language.startsWith("zh") ? "zh" : "en";
let token = "";
let models = [];
let picture = null;
let latest = 0;

const say = (key, values = {}) => TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

function speak() {
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = say(each.dataset.text);
  element("language").textContent = say("other");
}

async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) element("access").hidden = false;
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.diagnostics?.length > 1 ? document.diagnostics.map(problem).join("\n") : document.detail);
  return document;
}

/** One of several problems, in a line of its own. */
const problem = ({ place, message, expected, got }) =>
  [place.setting, message, expected && `→ ${expected}`, got && `← ${got}`].filter(Boolean).join("  ");

async function loadModels() {
  ({ models } = await ask("v1/models"));
  element("access").hidden = true;
  element("models").replaceChildren(...models.map(({ name }) => new Option(name, name)));
  element("title").textContent = models.map(({ name }) => name).join(", ");
  showModel();
}

const chosen = () => models.find(({ name }) => name === element("models").value);

/** What is asked depends on the model: a picture, or rows. */
function showModel() {
  const model = chosen();
  const takesRows = Boolean(model.inputs);
  element("rows").hidden = !takesRows;
  element("drop").hidden = takesRows;
  if (takesRows) {
    Rows.offer(model);
    Rows.describe(model);
  }
  element("findings").replaceChildren();
  element("json").textContent = element("facts").textContent = "";
  tell("");
  showProgram();
}

function showProgram() {
  const address = new URL(`v1/models/${element("models").value}/predict`, location.href);
  const access = element("access").hidden && !token ? "" : ' -H "Authorization: Bearer $NETLOOM_TOKEN"';
  const model = chosen();
  if (model.inputs) {
    const rows = JSON.stringify({ rows: [Rows.example(model)] }).replaceAll("'", "'\\''");
    element("curl").textContent = `curl -H "Content-Type: application/json"${access} \\\n  -d '${rows}' \\\n  ${address}`;
    return;
  }
  element("curl").textContent = `curl -H "Content-Type: image/jpeg"${access} \\\n  --data-binary @photo.jpg \\\n  ${address}`;
}

async function predictRows() {
  const model = chosen();
  let rows;
  try {
    rows = Rows.written();
  } catch (error) {
    tell(say("noJson", { reason: error.message }));
    return;
  }
  const number = ++latest;
  const started = performance.now();
  try {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "POST", body: JSON.stringify({ rows }), headers };
    const answer = await ask(`v1/models/${encodeURIComponent(model.name)}/predict`, options);
    if (number !== latest) return;
    element("facts").textContent = say("tookRows", { ms: Math.round(performance.now() - started), rows: rows.length });
    tell("");
    element("findings").replaceChildren(...Rows.answers(model, answer.rows).slice(0, SHOWN).map(row));
    element("json").textContent = Rows.text(answer.rows);
  } catch (error) {
    if (number !== latest) return;
    element("facts").textContent = element("json").textContent = "";
    element("findings").replaceChildren();
    tell(error instanceof TypeError ? say("unreachable") : error.message);
  }
}

async function predict() {
  if (!picture || chosen().inputs) return;
  const number = ++latest;
  const bitmap = await createImageBitmap(picture).catch(() => null);
  if (number !== latest) return;
  show(bitmap, null);
  element("facts").textContent = say("waiting");
  const started = performance.now();
  try {
    const model = encodeURIComponent(element("models").value);
    const headers = { "Content-Type": picture.type || "application/octet-stream" };
    const answer = await ask(`v1/models/${model}/predict`, { method: "POST", body: picture, headers });
    if (number !== latest) return;
    const ms = Math.round(performance.now() - started);
    element("facts").textContent = say("took", { ms, width: bitmap?.width ?? "?", height: bitmap?.height ?? "?" });
    show(bitmap, answer.predictions[0]);
  } catch (error) {
    if (number !== latest) return;
    element("facts").textContent = "";
    tell(error instanceof TypeError ? say("unreachable") : error.message);
  }
}

function tell(problem) {
  element("problem").textContent = problem;
  element("problem").hidden = !problem;
}

function show(bitmap, prediction) {
  tell("");
  element("hint").hidden = Boolean(bitmap);
  element("canvas").hidden = !bitmap;
  const rows = prediction ? findings(prediction, 0) : [];
  const colours = new Map();
  const colour = (label) => {
    if (!colours.has(label)) colours.set(label, COLOURS[colours.size % COLOURS.length]);
    return colours.get(label);
  };
  if (bitmap) draw(bitmap, prediction?.objects ?? prediction?.segments ?? [], colour);
  element("findings").replaceChildren(...rows.slice(0, SHOWN).map(row));
  if (prediction && rows.length === 0) element("findings").append(row({ text: say("nothing") }));
  element("json").textContent = prediction ? JSON.stringify(prediction, null, 2) : "";
}

/** The rows of a prediction of any task: label and score, text or picture; later stages are set in. */
function findings(prediction, depth) {
  const rows = [];
  if (prediction.text !== undefined) rows.push({ text: prediction.text, score: prediction.score, depth });
  const scores = Object.entries(prediction.scores ?? prediction.classes ?? {}).sort((a, b) => b[1] - a[1]);
  for (const [label, score] of scores.slice(0, depth ? 1 : 10)) rows.push({ label, score, depth });
  for (const found of prediction.objects ?? []) {
    rows.push({ label: found.label, score: found.score, depth });
    rows.push(...stages(found, depth));
  }
  for (const name of ["image", "depth_png", "normals_png"]) {
    if (prediction[name]) rows.push({ png: prediction[name], depth });
  }
  const known = ["objects", "scores", "classes", "segments", "stages", "text", "image"];
  for (const [name, inner] of Object.entries(prediction)) {
    const isPrediction = inner && typeof inner === "object" && !Array.isArray(inner) && !known.includes(name);
    if (isPrediction) rows.push({ text: name }, ...findings(inner, depth + 1));
  }
  return [...rows, ...stages(prediction, depth)];
}

function stages(holder, depth) {
  return Object.values(holder.stages ?? {}).flatMap((inner) => findings(inner, depth + 1));
}

function row({ label, score, text, png, depth = 0 }) {
  const item = document.createElement("li");
  if (depth) item.className = "stage";
  if (png) {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    image.alt = "";
    item.append(image);
    return item;
  }
  if (text !== undefined) item.classList.add("text");
  const name = document.createElement("span");
  name.textContent = label ?? text;
  item.append(name);
  if (score !== undefined && text === undefined) {
    const bar = document.createElement("meter");
    bar.value = score;
    const number = document.createElement("output");
    number.textContent = score.toFixed(3);
    item.append(bar, number);
  }
  return item;
}

function draw(bitmap, objects, colour) {
  const canvas = element("canvas");
  const scale = Math.max(1, Math.min(8, Math.floor(480 / Math.max(bitmap.width, bitmap.height))));
  canvas.width = bitmap.width * scale;
  canvas.height = bitmap.height * scale;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = scale === 1;
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const size = Math.max(12, canvas.width / 50);
  pen.lineWidth = Math.max(1.5, size / 8);
  pen.font = `${size}px system-ui, sans-serif`;
  for (const found of objects.slice(0, 200)) {
    const name = [found.label, ...Object.values(found.stages ?? {}).map((inner) => inner.label ?? inner.text)].join(" → ");
    pen.strokeStyle = pen.fillStyle = colour(found.label);
    outline(pen, found, scale);
    const [left, top] = found.box.map((value) => value * scale);
    const width = pen.measureText(name).width + 6;
    const above = Math.max(0, top - size - 4);
    pen.fillRect(left, above, width, size + 4);
    pen.fillStyle = "#fff";
    pen.fillText(name, left + 3, above + size);
  }
}

function outline(pen, { box, polygon }, scale) {
  const [left, top, right, bottom] = box;
  const corners = polygon ?? [[left, top], [right, top], [right, bottom], [left, bottom]];
  pen.beginPath();
  for (const [x, y] of corners) pen.lineTo(x * scale, y * scale);
  pen.closePath();
  pen.stroke();
}

function take(files) {
  const found = [...(files ?? [])].find((file) => file.type.startsWith("image/"));
  if (!found) return;
  picture = found;
  predict();
}

element("file").addEventListener("change", (event) => take(event.target.files));
element("models").addEventListener("change", () => { showModel(); predict(); });
element("predict").addEventListener("click", predictRows);
element("example").addEventListener("click", () => Rows.offer(chosen()));
element("language").addEventListener("click", () => { language = language === "en" ? "zh" : "en"; speak(); });
element("access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("token").value;
  loadModels().then(predict).catch((error) => tell(error.message));
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    element("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") take(event.dataTransfer.files);
  });
}
document.addEventListener("paste", (event) => take(event.clipboardData.files));
speak();
loadModels().catch((error) => { if (element("access").hidden) tell(error.message); });
