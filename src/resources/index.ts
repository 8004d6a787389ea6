// The kinds that Kaji serves, in the order of discovery: core first, then groups by priority. A list, nothing else.
import type { Resource } from "../schema/resource.ts";
import { ConfigMap } from "./core/config-map.ts";

export const resources: readonly Resource[] = [ConfigMap];
