// Node's own request functions over HTTP/1.1, for probes, upgrades and requests that are handed on. It refuses to be imported
// as `node:http` is: that import reads every export, and one of them loads fetch, WebSocket and web streams, which is 14 MiB
// and 70 ms in each process for nothing.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

/** Plain HTTP. */
export const requestHttp = http.request;
/** Over TLS. */
export const requestHttps = https.request;
