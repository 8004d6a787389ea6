// Which IPAddress stands for an address that the API server gave to a Service. It refuses to give any.
import type { IPAddress } from "./ip-address.ts";

export const MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
export const MANAGER = "ipallocator.k8s.io";

/** Such an object follows its Service; any other holds its address by itself. */
export const isGivenAddress = ({ metadata }: IPAddress): boolean => metadata.labels?.[MANAGED_BY] === MANAGER;
