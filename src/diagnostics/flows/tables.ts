/** The pipeline's document, for commands: they may not look into the datapath's room themselves. */
export {tables} from '../../datapath/pipeline/tables.ts'
