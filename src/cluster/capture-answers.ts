import * as v from 'valibot'
import {type LivePacket, type LiveSent, liveQuery} from '../model/capture/live.ts'
import {type PcapBlock, pcapReader} from '../model/capture/pcapng.ts'
import {type CaptureWish, captureQuery} from '../model/capture/wish.ts'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import {readAnswer} from './read-answer.ts'
import type {Roads} from './road-agents.ts'

/** One Node's capture; it has begun when this is there. */
export interface NodeCapture extends Disposable {
  readonly blocks: AsyncIterable<PcapBlock>
}

/** Our own agents only. */
export async function listenToPackets(roads: Roads, node: string, wish: CaptureWish): Promise<NodeCapture> {
  const listening = await roads.listen(node, '/capture/v1/packets', captureQuery(wish))
  return {blocks: blocksOf(listening.chunks, node), [Symbol.dispose]: () => listening[Symbol.dispose]()}
}

async function* blocksOf(chunks: AsyncIterable<Buffer>, node: string): AsyncGenerator<PcapBlock> {
  const read = pcapReader()
  try {
    for await (const chunk of chunks) yield* read(chunk)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new AntctlError('AGENT_ANSWER', `the capture of ${node} cannot be read: ${sentenceOf(error)}`)
  }
}

export async function askToSend(roads: Roads, node: string, packet: LivePacket): Promise<LiveSent> {
  return readAnswer(sent, await roads.ask(node, '/capture/v1/send', liveQuery(packet)), `/capture/v1/send of ${node}`)
}

const sent = v.object({source: v.string(), destination: v.string(), bytes: v.number()})
