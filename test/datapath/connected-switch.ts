import {afterAll, beforeAll} from 'vitest'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

export interface ConnectedSwitch {
  readonly ovs: TestSwitch
  readonly connection: OpenFlowConnection
}

/** A switch with an OpenFlow connection for all tests of a file; answers how to ask for them in a test. */
export function connectedSwitch(): () => ConnectedSwitch {
  const undo = new AsyncDisposableStack()
  let found: ConnectedSwitch | undefined
  beforeAll(async () => {
    const ovs = undo.use(await startOpenvSwitch())
    found = {ovs, connection: undo.use(await connectOpenFlow(ovs.openflowSocket))}
  })
  afterAll(() => undo.disposeAsync())
  return () => {
    if (found === undefined) throw new Error('the switch was not started')
    return found
  }
}
