// What Go's client makes of an HTTP status that is no success. It refuses to read what came with it.

export function statusText({ status, body }: { readonly status: number; readonly body: string }): string {
  switch (status) {
    case 400:
      return "the server rejected our request for an unknown reason";
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return "forbidden";
    case 404:
      return "the server could not find the requested resource";
    case 503:
      return "the server is currently unable to handle the request";
    default:
      return status >= 500
        ? `an error on the server (${JSON.stringify(body.trim() || "unknown")}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`;
  }
}
