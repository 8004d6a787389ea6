// grpc.health.v1, the health service that gRPC probes ask. It refuses to call (dial.ts).
import { field, message } from "../../wire/protobuf/message.ts";
import { enumeration, string } from "../../wire/protobuf/scalar.ts";
import { service, unary } from "../../wire/protobuf/service.ts";

export const ServingStatus = enumeration({ UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 });

/** `service` is "" for the server as a whole. */
export const HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest", {
  service: field(1, string),
});

export const HealthCheckResponse = message("grpc.health.v1.HealthCheckResponse", {
  status: field(1, ServingStatus),
});

export const Health = service("grpc.health.v1.Health", {
  Check: unary(HealthCheckRequest, HealthCheckResponse),
});
