import type {ActionKind} from './action-kind.ts'
import {controllerActions} from './controller-actions.ts'
import {addressTranslation, connectionTracking, forgetConnection} from './ct.ts'
import {fieldActions} from './field-actions.ts'
import {hashActions} from './hash-actions.ts'
import {learnActions} from './learn.ts'
import {otherActions} from './other-actions.ts'
import {outputActions} from './output-actions.ts'

/** All actions that we have words for; the first that can read a text does. Others are shown as raw(HEX). */
export const actionKinds: readonly ActionKind[] = [
  ...outputActions,
  ...controllerActions,
  ...fieldActions,
  connectionTracking,
  addressTranslation,
  forgetConnection,
  ...learnActions,
  ...hashActions,
  ...otherActions,
]
