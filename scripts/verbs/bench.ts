import { EXIT, type Verb } from "../verb.ts"; const verb: Verb = { usage: "bench", summary: "measure", run: async () => EXIT.ok }; export default verb;
