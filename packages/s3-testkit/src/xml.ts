/** A value of an answer: text, nested elements, or the same element several times. */
export type XmlValue = string | number | boolean | XmlElements | readonly XmlValue[] | undefined;
export interface XmlElements {
  readonly [name: string]: XmlValue;
}

/** An XML document with one root in S3's namespace. Undefined values are left out. */
export function xmlDocument(root: string, content: XmlElements): string {
  const body = render(content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${body}</${root}>`;
}

/** The texts of all elements of that name, in order; enough for the flat documents that clients send. */
export function elementTexts(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`, "g"));
  return [...found].map(([, text = ""]) => text);
}

/** The text of the first element of that name, with its entities resolved. */
export function elementText(xml: string, name: string): string | undefined {
  const text = elementTexts(xml, name)[0];
  return text === undefined ? undefined : unescape(text);
}

function render(content: XmlElements): string {
  return Object.entries(content)
    .map(([name, value]) => renderElement(name, value))
    .join("");
}

function renderElement(name: string, value: XmlValue): string {
  if (value === undefined) return "";
  if (isList(value)) return value.map((item) => renderElement(name, item)).join("");
  const body = typeof value === "object" ? render(value) : escape(String(value));
  return `<${name}>${body}</${name}>`;
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

function unescape(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|\w+);/gi, (entity, hex, decimal) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[entity] ?? entity;
  });
}
