// Every carrier against the Client contract.
import { clientSuite } from "../../src/client/suite.ts";
import { openHttps, openLocal, openSerialised } from "./carriers.ts";

clientSuite("local", openLocal);
clientSuite("serialised", openSerialised);
clientSuite("https", openHttps);
