import {crashCases, crashMatrix} from '../changes/engine/crash-matrix.ts'

crashMatrix(crashCases, () => true)
