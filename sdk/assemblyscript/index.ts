// What a mailweir plugin written in AssemblyScript imports.
//
// A plugin exports abi_minor, and one function for each hook that it answers; plugin.json
// names them as well:
//
//	import * as mw from "../mailweir/index";
//	export { abi_minor } from "../mailweir/index";
//
//	export function map_folder(): i32 {
//	  mw.begin();
//	  const folder = new mw.Folder();
//	  return mw.end(folder.use == "Junk" ? mw.skip("junk stays behind") : mw.noOpinion());
//	}
//
// Nothing is handed to a plugin in advance: each property asks the host when it is read.
// A value that may not be read makes the hook fail, so that what it was asked about is
// held, and never decided by what merely looks absent.
import * as abi from "./abi";
export { abi };
export {
  abi_minor, begin, end, error,
  noOpinion, accept, skip, defer, copy, replace, stop,
  setting, settingNumber, now, log, info,
} from "./core";
export { Folder, AnyMessage, Message, Part, FlagSet, Rewrite, Key, Stored, Conflict, Copied } from "./mail";
export { taskName, runID, dryRun, report, Failure } from "./run";
export { doorError, kvGet, kvPut, kvAdd, kvCas, Door, send, json } from "./door";
