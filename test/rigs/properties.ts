import fc from 'fast-check'

/**
 * fast-check with one seed for every run, so that a run says of a commit what the last one said. To look for more:
 * HONGYAN_TEST_SEED, any whole number.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.HONGYAN_TEST_SEED ?? 1) })

export { fc }
