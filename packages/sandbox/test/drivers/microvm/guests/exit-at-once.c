/* A first process that ends: the kernel panics. */
int main(void) { return 0; }
