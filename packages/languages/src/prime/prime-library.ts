/** Where an image that primes runtimes has the library of `native/prime`. */
export const PRIME_LIBRARY = '/opt/sandglass/prime.so';
