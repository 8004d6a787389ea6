// DNS messages (wire/dns), as a server and as an asker reads them.
import assert from "node:assert/strict";
import {
  decodeAnswers,
  decodeQuery,
  DnsFormatError,
  encodeFormatError,
  encodeQuestion,
  encodeReply,
} from "../../../src/wire/dns/message.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";

const question = { name: "web.default.svc.cluster.local", type: "A", class: "IN" };

export const dnsQuery: Target = {
  name: "dns-query",
  mostBytes: 4096,
  words: ["\xc0\x0c", "\x03www", "\0\x01\0\x01", "\0\0\x29\x04\xd0\0\0\0\0\0\0", "\x3f"],
  seeds: () =>
    ["A", "AAAA", "SRV", "PTR", "TXT", "SOA", "ANY"].map((type, i) => encodeQuestion(i, { ...question, type })),
  allows: only(DnsFormatError),
  run(input) {
    const query = decodeQuery(input);
    const answers = [{ type: "A" as const, name: query.question.name, ttl: 5, data: "10.0.0.1" }];
    const reply = encodeReply(query, { rcode: "NOERROR", authoritative: true, answers }, query.udpPayloadSize);
    assert.ok(reply.length <= query.udpPayloadSize, "a reply fits the asker");
    encodeFormatError(query.id);
    decodeAnswers(encodeReply(query, { rcode: "NXDOMAIN", authoritative: true, answers: [] }));
    return query.question.type;
  },
};

export const dnsReply: Target = {
  name: "dns-reply",
  mostBytes: 4096,
  words: ["\xc0\x0c", "\xc0\x00", "\x03www", "\0\x01\0\x01\0\0\0\x05\0\x04"],
  *seeds() {
    const query = decodeQuery(encodeQuestion(1, question));
    const { name } = question;
    yield encodeReply(query, {
      rcode: "NOERROR",
      authoritative: true,
      answers: [
        { type: "A", name, ttl: 5, data: "10.0.0.1" },
        { type: "AAAA", name, ttl: 5, data: "fd00::1" },
        { type: "CNAME", name, ttl: 5, data: "a.b" },
        { type: "SRV", name, ttl: 5, data: { priority: 0, weight: 1, port: 80, target: "a.b" } },
        { type: "TXT", name, ttl: 5, data: "text" },
      ],
    });
  },
  allows: only(DnsFormatError),
  run: (input) =>
    decodeAnswers(input)
      .map(({ type }) => type)
      .join(" ")
      .slice(0, 40),
};
