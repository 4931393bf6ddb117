import {CheckMode} from './check/mode.ts'
import {CheckProbes} from './check/probes.ts'
import {CheckReachability} from './check/reachability.ts'
import {Dash} from './dash.ts'
import {GetAgentInfo} from './get/agentinfo.ts'
import {GetOvsFlows} from './get/ovsflows.ts'
import {GetPaths} from './get/paths.ts'
import {GetPodInterface} from './get/podinterface.ts'
import {GetConfig} from './get/config.ts'
import {GetDrift} from './get/drift.ts'
import {GetFeatureGates} from './get/featuregates.ts'
import {GetMetrics} from './get/metrics.ts'
import {GetNeighbors} from './get/neighbors.ts'
import {GetNftables} from './get/nftables.ts'
import {GetPeers} from './get/peers.ts'
import {GetPorts} from './get/ports.ts'
import {GetRoutes} from './get/routes.ts'
import {LogLevel} from './log-level.ts'
import {PacketCapture} from './packetcapture.ts'
import {Proxy} from './proxy.ts'
import {Restart} from './restart.ts'
import {SetMode} from './set-mode.ts'
import {Status} from './status.ts'
import {TracePacket} from './trace-packet.ts'
import {Version} from './version.ts'

/** Every command by oclif's id; the id is the file's path. A unit test compares the two. */
export const commands = {
  'check:mode': CheckMode,
  'check:probes': CheckProbes,
  'check:reachability': CheckReachability,
  dash: Dash,
  'get:agentinfo': GetAgentInfo,
  'get:config': GetConfig,
  'get:drift': GetDrift,
  'get:featuregates': GetFeatureGates,
  'get:metrics': GetMetrics,
  'get:neighbors': GetNeighbors,
  'get:nftables': GetNftables,
  'get:ovsflows': GetOvsFlows,
  'get:paths': GetPaths,
  'get:peers': GetPeers,
  'get:podinterface': GetPodInterface,
  'get:ports': GetPorts,
  'get:routes': GetRoutes,
  'log-level': LogLevel,
  packetcapture: PacketCapture,
  proxy: Proxy,
  restart: Restart,
  'set-mode': SetMode,
  status: Status,
  'trace-packet': TracePacket,
  version: Version,
}
