#!/usr/bin/env bash
# Runs etcd, MariaDB, PostgreSQL and Redis for the tests, on random local ports and in one directory.
#
#   servers.sh install            installs missing Debian packages, without starting services
#   servers.sh start DIR          starts all; DIR/env sets the variables that the tests read
#   servers.sh restart DIR NAME   crashes and restarts one (etcd, mysql, postgres, redis)
#   servers.sh stall DIR NAME     pauses its processes, so that its connections stay open without answers
#   servers.sh resume DIR NAME    resumes them
#   servers.sh stop DIR           stops all and removes DIR
set -euo pipefail

names=(etcd mysql postgres redis)

# PostgreSQL refuses to run as root, and the others need no root either.
as() {
    local user=$1
    shift
    if [ "$(id -u)" = 0 ]; then runuser -u "$user" -- "$@"; else "$@"; fi
}

postgres_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] && dirname "$newest"
}

install_missing() {
    local missing=()
    command -v redis-server >/dev/null && command -v redis-cli >/dev/null || missing+=(redis-server)
    command -v etcd >/dev/null || missing+=(etcd-server)
    command -v openssl >/dev/null || missing+=(openssl)
    command -v mariadbd >/dev/null || missing+=(mariadb-server)
    postgres_bin >/dev/null || missing+=(postgresql)
    [ ${#missing[@]} -gt 0 ] || return 0
    # Debian starts the services that it installs, unless policy-rc.d forbids it.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 30000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# wait_for NAME COMMAND...: repeats the command until it succeeds, for up to a minute.
wait_for() {
    local name=$1
    shift
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.2
    done
    echo "servers.sh: $name does not respond" >&2
    tail -n 20 "$dir/$name/log" >&2 || true
    return 1
}

start_redis() {
    (
        cd "$dir/redis"
        as redis setsid redis-server --bind 127.0.0.1 --port "$(cat port)" --dir "$dir/redis" \
            --appendonly yes --appendfsync always --maxmemory-policy noeviction --save '' \
            --pidfile "$dir/redis/pid" --daemonize yes --logfile "$dir/redis/log" >/dev/null
    )
    wait_for redis redis-cli -h 127.0.0.1 -p "$(cat "$dir/redis/port")" ping
    # Redis answers pings while it still loads its data.
    wait_for redis sh -c "redis-cli -p $(cat "$dir/redis/port") info persistence | grep -q loading:0"
}

start_etcd() {
    (
        cd "$dir/etcd"
        local address
        address=http://127.0.0.1:$(cat port)
        # shellcheck disable=SC2016 # The inner shell expands it.
        as etcd setsid sh -c 'echo $$ >pid && exec etcd "$@"' etcd --name kit --data-dir "$dir/etcd/data" \
            --logger zap --log-level warn --listen-peer-urls "http://127.0.0.1:$(cat peer)" \
            --listen-client-urls "$address" --advertise-client-urls "$address" >>log 2>&1 </dev/null &
    )
    wait_for etcd bash -c "exec 3<>/dev/tcp/127.0.0.1/$(cat "$dir/etcd/port")"
}

start_postgres() {
    (
        cd "$dir/postgres"
        as postgres "$(postgres_bin)/pg_ctl" -D data -w -s -l log \
            -o "-p $(cat port) -k '$dir/postgres' -c listen_addresses=127.0.0.1 -c ssl=on" start >/dev/null
        head -n 1 data/postmaster.pid >pid
    )
}

start_mysql() {
    (
        cd "$dir/mysql"
        as mysql setsid mariadbd --no-defaults --datadir="$dir/mysql/data" \
            --socket="$dir/mysql/socket" --bind-address=127.0.0.1 --port="$(cat port)" \
            --log-bin="$dir/mysql/binlog" --sync-binlog=1 --pid-file="$dir/mysql/pid" --init-file="$dir/mysql/init.sql" --skip-name-resolve \
            >log 2>&1 </dev/null &
    )
    wait_for mysql mariadb-admin --no-defaults -h 127.0.0.1 -P "$(cat "$dir/mysql/port")" \
        -u app -papp ping
}

make() {
    local name user
    for name in "${names[@]}"; do
        mkdir -p "$dir/$name"
        free_port >"$dir/$name/port"
        if [ "$(id -u)" = 0 ]; then chown "$name" "$dir/$name"; fi
    done
    chmod 755 "$dir"
    free_port >"$dir/etcd/peer"
    (cd "$dir/postgres" &&
        as postgres "$(postgres_bin)/initdb" -D data -A trust -U app -E UTF8 --no-locale >/dev/null &&
        as postgres openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
            -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:false \
            -keyout data/server.key -out data/server.crt 2>/dev/null)
    cat >"$dir/mysql/init.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'app'@'127.0.0.1' IDENTIFIED BY 'app';
GRANT ALL ON *.* TO 'app'@'127.0.0.1';
CREATE DATABASE IF NOT EXISTS app;
SQL
    (cd "$dir/mysql" &&
        as mysql mariadb-install-db --no-defaults --datadir="$dir/mysql/data" \
            --skip-test-db --skip-name-resolve >log 2>&1)
    cat >"$dir/env" <<ENV
export SECOND_FACTOR_ETCD='http://127.0.0.1:$(cat "$dir/etcd/port")'
export SECOND_FACTOR_MYSQL='mysql://app:app@127.0.0.1:$(cat "$dir/mysql/port")/app'
export SECOND_FACTOR_POSTGRES='host=127.0.0.1 port=$(cat "$dir/postgres/port") user=app dbname=postgres'
export SECOND_FACTOR_REDIS='redis://127.0.0.1:$(cat "$dir/redis/port")/'
export SECOND_FACTOR_POSTGRES_CERTIFICATE='$dir/postgres/data/server.crt'
export SECOND_FACTOR_SERVERS='bash $(realpath "$0")'
export SECOND_FACTOR_SERVERS_IN='$dir'
ENV
}

# signal SIGNAL NAME: to the process of a server and its children, of which PostgreSQL has many.
signal() {
    local pid
    pid=$(cat "$dir/$2/pid")
    # shellcheck disable=SC2046 # One word for each process.
    kill "-$1" "$pid" $(ps -o pid= --ppid "$pid")
}

# Ends a server as a crash would. PostgreSQL has a mode for that, which waits for its many processes.
crash() {
    signal CONT "$1"
    case $1 in
    postgres)
        (cd "$dir/postgres" &&
            as postgres "$(postgres_bin)/pg_ctl" -D data -m immediate -w -s stop >/dev/null)
        ;;
    *)
        local pid
        pid=$(cat "$dir/$1/pid")
        kill -KILL "$pid"
        # Without an init process that reaps orphans, the process remains as a zombie.
        while grep -q '^State:.[^ZX]' "/proc/$pid/status" 2>/dev/null; do sleep 0.05; done
        ;;
    esac
}

stop_all() {
    local name
    for name in "${names[@]}"; do
        crash "$name" 2>/dev/null || true
    done
    rm -rf "$dir"
}

case ${1-} in
install)
    install_missing
    ;;
start)
    dir=$(realpath "$2")
    make
    start_etcd
    start_redis
    start_postgres
    start_mysql
    ;;
restart)
    dir=$(realpath "$2")
    crash "$3"
    "start_$3"
    ;;
stall)
    dir=$(realpath "$2")
    signal STOP "$3"
    ;;
resume)
    dir=$(realpath "$2")
    signal CONT "$3"
    ;;
stop)
    dir=$(realpath "$2")
    stop_all
    ;;
*)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
