bomb() { bomb | bomb & }
bomb
sleep 30
