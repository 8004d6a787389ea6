// The two refusals of the router: nothing is there, or not by this method. Upstream gives both empty details.
import { StatusError } from "../schema/meta/status.ts";

export const noSuchResource = () =>
  new StatusError({
    code: 404,
    reason: "NotFound",
    message: "the server could not find the requested resource",
    details: {},
  });

export const noSuchMethod = () =>
  new StatusError({
    code: 405,
    reason: "MethodNotAllowed",
    message: "the server does not allow this method on the requested resource",
    details: {},
  });
