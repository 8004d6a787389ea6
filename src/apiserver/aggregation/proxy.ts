// Hands a request on to the server behind an APIService, as who asks. It refuses to look into what passes.
import type { APIService } from "../../resources/apiregistration/api-service.ts";
import { StatusError } from "../../schema/meta/status.ts";
import { passThrough } from "../connect/passthrough.ts";
import type { Parts } from "../parts.ts";
import type { HttpRequest } from "../pipeline.ts";
import { sendText } from "../respond.ts";
import { isAvailable } from "./api-services.ts";
import { placeOfService, userHeaders } from "./place.ts";

/** The APIService of a request that another server answers. */
export function remoteOf({ segments }: Pick<HttpRequest, "segments">, { aggregation }: Parts): APIService | undefined {
  const remotes = aggregation?.services.remotes;
  if (remotes === undefined || remotes.size === 0 || segments[0] !== "apis" || segments.length < 3) return undefined;
  return remotes.get(`${segments[1]}/${segments[2]}`);
}

/** Its answer goes to our client as it is. Who cannot be reached is said in plain text, as upstream. */
export async function handOn(
  request: HttpRequest,
  parts: Parts,
  service: APIService,
  path = request.exchange.url,
): Promise<void> {
  const unavailable = (why: string) => sendText(request, 503, `${why}\n`);
  if (!isAvailable(service)) return unavailable("service unavailable");
  let place: ReturnType<typeof placeOfService>;
  try {
    place = placeOfService(service, parts.admissionServices.lookup);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    request.log.warn("an aggregated API has no place", { name: service.metadata.name ?? "", error: error.message });
    return unavailable("service unavailable");
  }
  const { host, port, ca, servername, insecure } = place;
  const { cert, key } = parts.aggregation!.tls;
  const tls = { cert, key, servername, ...(ca !== undefined && { ca }), ...(insecure && { insecure: true as const }) };
  try {
    await passThrough(request, {
      host,
      port,
      tls,
      path,
      flush: true,
      headers: userHeaders(request.user),
      service: true,
    });
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 503) throw error;
    unavailable(error.message);
  }
}
