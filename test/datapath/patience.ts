/** How many times longer than on a quiet machine everything may take: in an emulated one every process starts slowly. */
export const patience = Number(process.env['ANTCTL_TEST_PATIENCE'] ?? '1')
