rm -f main.sh out.txt; mkfifo main.sh
ln -s /etc/passwd link.txt; ln -s /proc/1/environ environ.txt; mkfifo pipe.txt
mkdir -p loop && ln -s ../loop loop/loop
ln -s / root; chmod 000 . 2>/dev/null; mv /work /work2 2>/dev/null; rm -rf /work 2>/dev/null
echo survived
