// Every carrier against the Client contract.
import { clientSuite } from "../../src/client/suite.ts";
import { openHttps, openLocal, openRouted, openSerialised, openSharing } from "./carriers.ts";

clientSuite("local", openLocal);
clientSuite("serialised", openSerialised);
clientSuite("https", openHttps);
clientSuite("routed to the first", openRouted(true));
clientSuite("routed to the second", openRouted(false));
clientSuite("https, watches share a connection", openSharing);
