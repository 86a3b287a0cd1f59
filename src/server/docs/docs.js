// Shows /api/openapi.json: operations by tag, their parameters, bodies and answers, and a form to try each of them.
// What the document says is only ever set as text.

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Member names and types of a schema; what it refers to opens on demand, so that a cycle does no harm.
function showSchema(spec, schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    const details = element("details", {}, element("summary", {}, element("code", { textContent: name })));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) {
        details.append(showSchema(spec, spec.components.schemas[name]));
      }
    });
    return details;
  }
  if (schema.anyOf) {
    const parts = schema.anyOf.map((part) => showSchema(spec, part));
    return element("span", {}, ...parts.flatMap((part, i) => (i === 0 ? [part] : [" or ", part])));
  }
  if (schema.items) return element("span", {}, "array of ", showSchema(spec, schema.items));
  if (schema.properties) return showMembers(spec, schema);
  if (typeof schema.additionalProperties === "object") {
    return element("span", {}, "object of ", showSchema(spec, schema.additionalProperties));
  }
  const words = schema.enum ? schema.enum.map((word) => JSON.stringify(word)).join(" | ") : null;
  const type = words ?? [schema.type ?? "any JSON"].flat().join(" or ");
  return element("code", { textContent: schema.format ? `${type} (${schema.format})` : type });
}

function showMembers(spec, schema) {
  const required = new Set(schema.required ?? []);
  const list = element("ul", { className: "members" });
  for (const [name, member] of Object.entries(schema.properties)) {
    list.append(
      element(
        "li",
        {},
        element("code", {}, element("b", { textContent: name })),
        required.has(name) ? " " : element("span", { className: "faint", textContent: " optional " }),
        showSchema(spec, member),
        member.description ? element("div", { className: "faint", textContent: member.description }) : null,
      ),
    );
  }
  return list;
}

function showContent(spec, content) {
  const parts = Object.entries(content ?? {}).map(([type, { schema }]) =>
    element("div", {}, element("span", { className: "faint", textContent: `${type}: ` }), showSchema(spec, schema)),
  );
  return element("div", {}, ...parts);
}

function showAnswers(spec, operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const resolved = answer.$ref ? spec.components.responses[answer.$ref.split("/").pop()] : answer;
    return element(
      "tr",
      {},
      element("td", {}, element("code", { textContent: status })),
      element("td", { textContent: resolved.description }),
      element("td", {}, showContent(spec, resolved.content)),
    );
  });
  return element("table", {}, ...rows);
}

function showParameters(spec, parameters) {
  const rows = parameters.map((parameter) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", { textContent: parameter.name })),
      element("td", { className: "faint", textContent: parameter.in + (parameter.required ? ", required" : "") }),
      element("td", {}, showSchema(spec, parameter.schema)),
      element("td", { textContent: parameter.description }),
    ),
  );
  return element("table", {}, ...rows);
}

async function send(method, path, parameters, form, output) {
  let target = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const parameter of parameters) {
    const value = form.elements[`${parameter.in}:${parameter.name}`].value;
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value !== "" && parameter.in === "query") query.set(parameter.name, value);
    else if (value !== "") headers[parameter.name] = value;
  }
  if ([...query].length > 0) target += `?${query}`;
  const body = form.elements.body?.value || undefined;
  if (body) headers["Content-Type"] = "application/json";
  output.textContent = "…";
  try {
    const reply = await fetch(target, { method: method.toUpperCase(), headers, body });
    const text = await reply.text();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // Not JSON: shown as it came.
    }
    output.textContent = `${reply.status} ${reply.statusText}\n\n${shown}`;
  } catch (error) {
    output.textContent = String(error);
  }
}

function tryIt(method, path, operation) {
  const parameters = operation.parameters ?? [];
  const output = element("pre", { hidden: true });
  const form = element("form");
  for (const parameter of parameters) {
    const field = element("input", { name: `${parameter.in}:${parameter.name}`, required: parameter.required });
    form.append(element("label", {}, parameter.name, field));
  }
  if (operation.requestBody) form.append(element("label", {}, "body", element("textarea", { name: "body", rows: 6 })));
  form.append(element("button", { textContent: "Send" }), output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    send(method, path, parameters, form, output);
  });
  return element("details", {}, element("summary", { textContent: "Try it" }), form);
}

function showOperation(spec, { method, path, operation, aliases }) {
  const body = element("div");
  const details = element(
    "details",
    { className: "operation", id: operation.operationId },
    element(
      "summary",
      {},
      element("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
      element("code", { textContent: path }),
      element("span", { className: "summary", textContent: operation.summary }),
    ),
    body,
  );
  details.addEventListener("toggle", () => {
    if (!details.open || body.childElementCount > 0) return;
    if (operation.description) body.append(element("p", { textContent: operation.description }));
    if (aliases.length > 0) {
      body.append(element("p", { className: "faint", textContent: `Also ${aliases.join(", ")}` }));
    }
    if (operation.parameters) {
      body.append(element("h4", { textContent: "Parameters" }), showParameters(spec, operation.parameters));
    }
    if (operation.requestBody) {
      body.append(element("h4", { textContent: "Body" }), showContent(spec, operation.requestBody.content));
    }
    body.append(element("h4", { textContent: "Answers" }), showAnswers(spec, operation));
    if (operation.responses["200"]?.content?.["text/event-stream"] === undefined) {
      body.append(tryIt(method, path, operation));
    }
  });
  return details;
}

function operationsOf(spec) {
  const all = [];
  const aliases = {};
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const original = item[method]["x-alias-of"];
      if (original) (aliases[`${method} ${original}`] ??= []).push(path);
      else all.push({ method, path, operation: item[method] });
    }
  }
  return all.map((one) => ({ ...one, aliases: aliases[`${one.method} ${one.path}`] ?? [] }));
}

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

function show(spec) {
  const nav = document.querySelector("nav");
  const main = document.querySelector("main");
  main.replaceChildren(
    element("h1", { textContent: `${spec.info.title} API` }),
    element("p", { textContent: spec.info.description }),
    element("p", {}, element("a", { href: "/api/openapi.json", textContent: "The document (OpenAPI 3.1)" })),
  );
  const operations = operationsOf(spec);
  for (const { name } of spec.tags) {
    main.append(element("h2", { textContent: name }));
    nav.append(element("h2", { textContent: name }));
    for (const one of operations.filter(({ operation }) => operation.tags.includes(name))) {
      main.append(showOperation(spec, one));
      nav.append(element("a", { href: `#${one.operation.operationId}`, textContent: one.operation.summary }));
    }
  }
  main.append(element("h2", { textContent: "Schemas" }));
  for (const name of Object.keys(spec.components.schemas)) {
    main.append(showSchema(spec, { $ref: `#/components/schemas/${name}` }));
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
}

fetch("/api/openapi.json")
  .then((reply) => reply.json())
  .then(show)
  .catch((error) => {
    document.querySelector("main").textContent = `The document could not be read: ${error}`;
  });
