"use strict";
/* A plan or a drift report, drawn from the document in this page. Every name in it is hostile: it
 * gets into the page by textContent alone, never as HTML, and into links only where link() checks
 * them. Large documents: what is folded is not made until somebody opens it. */

const doc = JSON.parse(document.getElementById("document").textContent);
const more = JSON.parse(document.getElementById("more").textContent);
const isDrift = doc.format === "charter.drift/1";

/* Shown as code points: controls, marks of direction, and what has no width. */
const HIDDEN = new RegExp(
	"[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f" +
	"\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\ufff9-\\ufffb]|[\\u{e0000}-\\u{e01ef}]", "gu");
const NAME_MAX = 240; /* characters shown of a name; the document has all */

function shown(value, max = NAME_MAX) {
	const text = String(value ?? "");
	const cut = text.length > max ? text.slice(0, max) : text;
	const clean = cut.replace(HIDDEN, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
	return cut === text ? clean : `${clean}… (${count(text.length, "character")})`;
}

/* el("p.note", {title: "..."}, child, "text", ...): children that are null or false are left out. */
function el(name, properties, ...children) {
	const [tag, ...classes] = name.split(".");
	const node = document.createElement(tag);
	if (classes.length)
		node.className = classes.join(" ");
	for (const [key, value] of Object.entries(properties || {}))
		if (typeof value === "function")
			node.addEventListener(key, value);
		else if (value !== null && value !== undefined && value !== false)
			node.setAttribute(key, value === true ? "" : value);
	append(node, children);
	return node;
}

function append(node, children) {
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== false && child !== "")
			node.append(child);
	return node;
}

/* A name as it is, apart from the direction of the text around it. */
function said(value, max) {
	return el("bdi", null, shown(value, max));
}

function code(value, max) {
	return el("code", null, said(value, max));
}

/* Only to the web; whatever else calls itself a link is text. */
function link(url, child) {
	if (!/^https?:\/\/[^\s]+$/i.test(url || ""))
		return child;
	return el("a", { href: url, rel: "noreferrer noopener" }, child);
}

function number(n) {
	return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function count(n, one, many = one + "s") {
	return `${number(n)} ${n === 1 ? one : many}`;
}

/* Milliseconds of a time as the document has it; NaN: none. */
function millis(time) {
	return time === null || time === undefined || time === 0 ? NaN : Date.parse(time);
}

function clock(time, short) {
	const ms = millis(time);
	if (Number.isNaN(ms))
		return "";
	const iso = new Date(ms).toISOString();
	const text = iso.slice(0, 10) + " " + iso.slice(11, short ? 16 : 19);
	return el("time", { datetime: iso }, text + " UTC");
}

function span(ms) {
	const minutes = Math.max(0, Math.round(ms / 60000));
	if (minutes < 120)
		return count(minutes, "minute");
	if (minutes < 48 * 60)
		return count(Math.round(minutes / 60), "hour");
	return count(Math.round(minutes / 1440), "day");
}

/* Puts `make(item)` of so many into the list, and a button for as many more. */
function pages(list, items, size, make, from = 0) {
	const to = Math.min(items.length, from + size);
	for (let i = from; i < to; i++)
		list.append(make(items[i], i));
	if (to === items.length)
		return list;
	const left = items.length - to;
	const button = el("button.more", {
		type: "button",
		click: () => {
			const last = holder.previousElementSibling;
			holder.remove();
			pages(list, items, size, make, to);
			const next = last?.nextElementSibling?.querySelector("button, summary, a") || last?.nextElementSibling;
			if (next) {
				if (next.tabIndex < 0)
					next.tabIndex = -1;
				next.focus();
			}
		},
	}, `Show ${number(Math.min(size, left))} more of ${number(left)}`);
	const holder = list.tagName === "TBODY" ? el("tr.more", null, el("td", { colspan: 9 }, button))
		: list.tagName === "UL" || list.tagName === "OL" ? el("li.more", null, button) : el("div.more", null, button);
	list.append(holder);
	return list;
}

/* A fold whose content is made when it is first opened. */
function fold(summary, make, open) {
	const node = el("details", null, el("summary", null, summary));
	const fill = () => {
		if (node.open && node.childElementCount === 1)
			append(node, [make()]);
	};
	node.addEventListener("toggle", fill);
	if (open) {
		node.open = true;
		fill();
	}
	return node;
}

/* A table with a caption that is read out, in a box of its own that scrolls sideways. */
function table(caption, heads, rows, make, size = 100) {
	const body = el("tbody");
	const node = el("table", null, el("caption", null, caption),
		el("thead", null, el("tr", null, heads.map((h) => el("th", { scope: "col" }, h)))), body);
	pages(body, rows, size, make);
	return el("div.scroll", { tabindex: 0, role: "group", "aria-label": caption }, node);
}

function section(title, ...children) {
	const id = "section-" + title.toLowerCase().replace(/[^a-z]+/g, "-");
	return el("section", { "aria-labelledby": id }, el("h2", { id }, title), children);
}
