// The memory store against the contract.
import { memoryStore } from "./memory.ts";
import { storeSuite } from "./suite.ts";

storeSuite("memory", async (options) => memoryStore(options));
