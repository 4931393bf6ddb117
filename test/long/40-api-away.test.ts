import {labOfItsOwn} from './ready-lab.ts'
import {apiServerIsAway} from './suites/api-away.ts'

apiServerIsAway({aways: ['stopped', 'killed'], lists: ['empty', 'failing']}, labOfItsOwn())
