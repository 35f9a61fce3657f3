/* Values, old and new: a line, or a policy document line by line. */

const VALUE_MAX = 2000; /* characters of one value; the rest at a press of a button */
const CONTEXT = 3;      /* equal lines around a difference */
const TABLE_MAX = 4e6;  /* cells of the comparison; beyond it all lines are shown as changed */

/* JSON with a line for each element, without reading it: numbers stay as they are written. */
function jsonLines(text) {
	const lines = [];
	let line = "", depth = 0, quoted = false;
	const end = (next) => {
		lines.push(line);
		line = "  ".repeat(Math.min(depth, 40)) + next;
	};
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			line += c;
			if (c === "\\")
				line += text[++i] ?? "";
			else
				quoted = c !== '"';
		} else if (c === '"') {
			quoted = true;
			line += c;
		} else if ((c === "{" || c === "[") && (text[i + 1] === "}" || text[i + 1] === "]")) {
			line += c + text[++i];
		} else if (c === "{" || c === "[") {
			depth++;
			line += c;
			end("");
		} else if (c === "}" || c === "]") {
			depth--;
			end(c);
		} else if (c === ",") {
			line += c;
			end("");
		} else if (c === ":") {
			line += ": ";
		} else if (!/\s/.test(c)) {
			line += c;
		}
	}
	lines.push(line);
	return lines;
}

/* [sign, line]: " ", "-", "+"; lengths of the longest common run, from the end. */
function linesCompare(from, to) {
	const bare = (s) => s.replace(/,$/, "");
	let start = 0, end = 0;
	while (start < from.length && start < to.length && bare(from[start]) === bare(to[start]))
		start++;
	while (end < from.length - start && end < to.length - start &&
	    bare(from[from.length - 1 - end]) === bare(to[to.length - 1 - end]))
		end++;
	const a = from.slice(start, from.length - end), b = to.slice(start, to.length - end);
	const out = to.slice(0, start).map((s) => [" ", s]);
	if (a.length * b.length > TABLE_MAX) {
		out.push(...a.map((s) => ["-", s]), ...b.map((s) => ["+", s]));
	} else {
		const width = b.length + 1, best = new Uint32Array((a.length + 1) * width);
		for (let i = a.length - 1; i >= 0; i--)
			for (let k = b.length - 1; k >= 0; k--)
				best[i * width + k] = bare(a[i]) === bare(b[k]) ? best[(i + 1) * width + k + 1] + 1
					: Math.max(best[(i + 1) * width + k], best[i * width + k + 1]);
		let i = 0, k = 0;
		while (i < a.length || k < b.length)
			if (i < a.length && k < b.length && bare(a[i]) === bare(b[k])) {
				out.push([" ", b[k++]]);
				i++;
			} else if (k === b.length || (i < a.length && best[(i + 1) * width + k] >= best[i * width + k + 1]))
				out.push(["-", a[i++]]);
			else
				out.push(["+", b[k++]]);
	}
	return out.concat(to.slice(to.length - end).map((s) => [" ", s]));
}

/* Equal lines that are far from a difference, as one. */
function linesFold(lines) {
	const near = new Uint8Array(lines.length), out = [];
	lines.forEach(([sign], i) => {
		if (sign !== " ")
			near.fill(1, Math.max(0, i - CONTEXT), i + CONTEXT + 1);
	});
	for (let i = 0; i < lines.length;) {
		let n = 0;
		while (i + n < lines.length && !near[i + n])
			n++;
		if (n > 1)
			out.push(["@", count(n, "equal line")]);
		else if (n)
			out.push(lines[i]);
		if (n)
			i += n;
		else
			out.push(lines[i++]);
	}
	return out;
}

const LINE_WORDS = { "-": "removed", "+": "added" };
const LINE_CLASS = { "-": "minus", "+": "plus", "@": "equal", " ": "same" };

function lineNode([sign, text]) {
	return el("div." + LINE_CLASS[sign], null,
		el("span.sign", { "aria-hidden": "true" }, sign === "-" ? "−" : sign === "@" ? "⋯" : sign),
		LINE_WORDS[sign] && el("span.heard", null, LINE_WORDS[sign] + ": "), el("span", null, shown(text, VALUE_MAX)));
}

/* null: there is no document on that side. */
function documentDiff(from, to, label) {
	const lines = linesFold(linesCompare(from === null ? [] : jsonLines(from), to === null ? [] : jsonLines(to)));
	const box = el("div.diff", { role: "group", tabindex: 0, "aria-label": label });
	return pages(box, lines, 400, lineNode);
}

function isDocument(value) {
	return typeof value === "string" && /^\s*[{[]/.test(value) && value.length > 2;
}

/* undefined: not declared, or not read. */
function valueText(value) {
	if (value === null)
		return "nothing";
	if (value === undefined)
		return "not known";
	if (typeof value === "object" && !Array.isArray(value) && value.secret)
		return "a secret";
	return typeof value === "string" ? (value === "" ? "empty" : value) : JSON.stringify(value);
}

function valueNode(sign, value, where) {
	const plain = value === null || value === undefined || value === "" || (typeof value === "object" && value.secret);
	const text = valueText(value);
	const body = el(plain ? "em" : "code", null, said(text, VALUE_MAX));
	if (text.length > VALUE_MAX)
		body.append(" ", el("button", { type: "button", click: () => body.replaceChildren(said(text, Infinity)) }, "Show all"));
	return el("div." + LINE_CLASS[sign], null, el("span.sign", { "aria-hidden": "true" }, sign === "-" ? "−" : sign),
		el("span.where", null, where + " "), body);
}

/* Of a plan what is and what will be; of drift what git has and what AWS has. */
function twoValues(label, git, live) {
	const [from, to, one, two] = isDrift ? [git, live, "git", "AWS"] : [live, git, "now", "then"];
	if ((isDocument(from) || isDocument(to)) && [from, to].every((v) => v === null || v === undefined || isDocument(v)))
		return documentDiff(from ?? null, to ?? null, `${label}: ${one} compared with ${two}`);
	return el("div.values", null, valueNode("-", from, one), valueNode("+", to, two));
}

/* An element goes into AWS by apply, or out of it; drift is told from AWS's side. */
function elementNode(element, goes) {
	const sign = goes === isDrift ? "+" : "-";
	const where = isDrift ? (sign === "+" ? "AWS alone" : "git alone") : sign === "+" ? "added" : "removed";
	return valueNode(sign, element.key, where);
}

function mapElement(element, what) {
	const git = element.head, live = element.live;
	const word = isDrift ? { added: "git alone", removed: "AWS alone", changed: "differs" }[what] : what;
	return el("div.element", null, el("div.key", null, code(element.key), el("span.where", null, " " + word)),
		what === "removed" ? twoValues(element.key, null, live ?? null)
			: twoValues(element.key, git ?? null, what === "added" ? live ?? null : live));
}

function setNode(attribute) {
	const isMap = Boolean(attribute.changed);
	const all = ["removed", "changed", "added"].flatMap((what) =>
		(attribute[what] || []).map((element) => [what, element]));
	return pages(el("div.values"), all, 50, ([what, element]) =>
		isMap ? mapElement(element, what) : elementNode(element, what === "removed"));
}

/* `usual`: the reason that needs no word. */
function attributeNode(attribute, usual) {
	const isSet = attribute.added || attribute.removed;
	const reason = attribute.reason || [...new Set(["added", "removed", "changed"].flatMap((w) =>
		(attribute[w] || []).map((e) => e.reason)))].join(", ");
	return el("div.attribute", null,
		el("h4", null, said(attribute.name), reason && !isDrift && reason !== usual && el("span.where", null, " " + shown(reason)),
			attribute.by_hand && el("span.tag", null, "by hand")),
		attribute.blocked ? el("p.unread", null, "Not read: ", said(attribute.blocked))
			: isSet ? setNode(attribute) : twoValues(attribute.name, attribute.head, attribute.live));
}
