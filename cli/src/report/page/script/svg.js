// Elements of the page and of its drawings. A drawing's name space is that of a drawing that is there.
const SPACE = document.querySelector("svg").namespaceURI;

function drawn(parent, name, attributes, text) {
  const element = document.createElementNS(SPACE, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function element(parent, name, properties, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  parent.append(made);
  return made;
}
