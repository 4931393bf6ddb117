import {crashCases, crashMatrix} from './crash-matrix.ts'

// Every write, and a part of the reads, which differ from case to case; test/long dies at all of them.
const isWrite = (call: string) => /^(?:write|delete|ask|start)/u.test(call)
const sample = crashCases.filter(({scope}, at) => scope === 'cluster' || at % 6 === 1)

crashMatrix(sample, (call, number) => isWrite(call) || number % 9 === 4)
