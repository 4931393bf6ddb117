import {closeSync} from 'node:fs'
import {addressOf, calls, closeOnExec} from './system-calls.ts'

/**
 * The interface's sender fills in its checksums itself from now on (`ethtool -K NAME tx off`). In the network namespace in
 * which this thread is now.
 */
export function leaveNoChecksumOpen(name: string): void {
  // struct ethtool_value (linux/ethtool.h): command, value.
  const value = Buffer.alloc(8)
  value.writeUInt32LE(setTxChecksum, 0)
  // struct ifreq (linux/if.h): the name in 16 bytes, then a union that holds a pointer here.
  const request = Buffer.alloc(40)
  request.write(name, 0, 15)
  request.writeBigUInt64LE(addressOf(value), 16)
  const fd = calls.socket(internet, datagram | closeOnExec, 0)
  try {
    calls.ioctl(fd, ethtool, request)
  } finally {
    closeSync(fd)
    // The kernel has written to it through the pointer: until here nobody may take the memory back.
    value.fill(0)
  }
}

const internet = 2
const datagram = 2
/** linux/sockios.h, SIOCETHTOOL; linux/ethtool.h, ETHTOOL_STXCSUM. */
const ethtool = 0x8946
const setTxChecksum = 0x17
