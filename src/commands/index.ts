import {CheckProbes} from './check/probes.ts'
import {CheckReachability} from './check/reachability.ts'
import {GetAgentInfo} from './get/agentinfo.ts'
import {GetOvsFlows} from './get/ovsflows.ts'
import {GetPaths} from './get/paths.ts'
import {GetPodInterface} from './get/podinterface.ts'
import {SetMode} from './set-mode.ts'
import {TracePacket} from './trace-packet.ts'
import {Version} from './version.ts'

/** Every command by oclif's id; the id is the file's path. A unit test compares the two. */
export const commands = {
  'check:probes': CheckProbes,
  'check:reachability': CheckReachability,
  'get:agentinfo': GetAgentInfo,
  'get:ovsflows': GetOvsFlows,
  'get:paths': GetPaths,
  'get:podinterface': GetPodInterface,
  'set-mode': SetMode,
  'trace-packet': TracePacket,
  version: Version,
}
