// Which links of a page are led back through the proxy, however the page comes in pieces.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from "node:zlib";
import { HtmlLinks, withLinks } from "./html-links.ts";

const seen = (link: string) => (link.startsWith("/") ? `/p${link}` : link);

const PAGE = `<!DOCTYPE html><HTML Manifest='/m'><!-- <a href="/no"> --><head><title><a href="/no"></title>
<script src=/s.js>if (a<b) document.write('<a href="/no">')</script><style>x > y { }</style></head>
<body data-x="/no" class=">" background = "/bg?a=1&amp;b=2">text <a href="/rewriteme">1 < 2</a><a name="/no" href='next'>
<img src="/i.png"longdesc="/l"/><IMG SRC="/é"><form action="/f"><p href="/no"></ a href="/no"><br/><a href="/open`;
const WANTED = `<!DOCTYPE html><HTML Manifest="/p/m"><!-- <a href="/no"> --><head><title><a href="/no"></title>
<script src="/p/s.js">if (a<b) document.write('<a href="/no">')</script><style>x > y { }</style></head>
<body data-x="/no" class=">" background = "/p/bg?a=1&amp;b=2">text <a href="/p/rewriteme">1 < 2</a><a name="/no" href='next'>
<img src="/p/i.png"longdesc="/p/l"/><IMG SRC="/p/é"><form action="/p/f"><p href="/no"></ a href="/no"><br/><a href="/open`;

test("links of the tags that have them, and nothing that only looks so", () => {
  for (const size of [1, 2, 7, 64, PAGE.length]) {
    const links = new HtmlLinks(seen);
    let out = "";
    for (let i = 0; i < PAGE.length; i += size) out += links.push(PAGE.slice(i, i + size));
    assert.equal(out + links.end(), WANTED, `in pieces of ${size}`);
  }
});

test("what cannot be a link of a page passes as it is", () => {
  for (const text of ["", "<", "<!", "<!-", "a < b", "<>", "<1>", '<a "x">', "<a href>", '<a href="&nosuch;">', "</a"])
    assert.equal(new HtmlLinks(seen).push(text).length <= text.length, true);
  const links = new HtmlLinks(seen);
  assert.equal(links.push(`<a ${"x".repeat(100_000)}`).length, 100_003);
});

test("pages are read and written in their coding; one that nobody knows is left alone", async () => {
  const pass = async (bytes: Buffer, coding: string) =>
    Buffer.concat((await withLinks(Readable.from([bytes]), coding, seen)!.toArray()) as Buffer[]);
  assert.equal((await pass(Buffer.from(PAGE), "")).toString(), WANTED);
  assert.equal(gunzipSync(await pass(gzipSync(PAGE), "gzip")).toString(), WANTED);
  assert.equal(inflateRawSync(await pass(deflateRawSync(PAGE), "deflate")).toString(), WANTED);
  assert.equal(withLinks(Readable.from([]), "br", seen), undefined);
  await assert.rejects(pass(Buffer.from("no gzip"), "gzip"));
});
