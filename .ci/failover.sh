#!/usr/bin/env bash
# Tests the stores over replicated databases whose servers are killed, paused and cut off.
#
#   failover.sh [ENGINE...]     every fault, over and over; by default on every engine
#   failover.sh --short         etcd with one kill and one pause, in under three minutes
#   failover.sh --list          the names of the engines
#   failover.sh node ACTION N   from the tests: start, kill, pause, resume, cut or heal machine N, in $FAILOVER
#
# FAULTS is the number of faults of an engine (default 20). A line that begins with `fault` has the median and the
# worst time without a commit. Each of the three machines is a network namespace. They see each other in one network
# and the clients in another, so that a machine can be cut off from the others alone. Needs root; nothing outlives it.
set -euo pipefail
script=$(realpath "$0")
repository=$(dirname "$script")/..

engines=(etcd etcd_serializable patroni patroni_asynchronous sentinel)
packages=(etcd-server postgresql redis-server redis-sentinel iproute2)
PATRONI=4.1.5

install_missing() {
    local missing=() package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
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

# Debian 12 has Patroni 3.0.2, whose paused leader takes its lock back, and loses commits.
install_patroni() {
    patroni=$(realpath -m "${CARGO_TARGET_DIR:-target}")/failover/patroni-$PATRONI
    if [ ! -d "$patroni" ]; then
        python3 -m pip install -q --target "$patroni.part" "patroni[etcd3]==$PATRONI" psycopg2-binary
        mv "$patroni.part" "$patroni"
    fi
    export patroni
}

network() {
    local n net
    mkdir -p /run/netns
    mount -t tmpfs none /run/netns
    ip link set lo up
    for net in 77 78; do
        ip link add "br$net" type bridge
        ip addr add "10.$net.0.254/24" dev "br$net"
        ip link set "br$net" up
    done
    for n in 1 2 3; do
        ip netns add "n$n"
        ip -n "n$n" link set lo up
        for net in 77 78; do
            ip link add "v$net$n" type veth peer name "eth$net" netns "n$n"
            ip link set "v$net$n" master "br$net" up
            ip -n "n$n" addr add "10.$net.0.$n/24" dev "eth$net"
            ip -n "n$n" link set "eth$net" up
        done
    done
}

# run N USER COMMAND...: starts a program on a machine.
run() {
    local n=$1 user=$2
    shift 2
    (cd "$FAILOVER/n$n" && exec ip netns exec "n$n" setsid runuser -u "$user" -- "$@" >>log 2>&1 </dev/null) &
}

start_etcd() {
    local peer=http://10.77.0.$1 any=http://0.0.0.0
    run "$1" etcd etcd --name "n$1" --data-dir "$FAILOVER/n$1/etcd" --logger zap --log-level error \
        --listen-peer-urls "$any:2380" --initial-advertise-peer-urls "$peer:2380" \
        --listen-client-urls "$any:2379" --advertise-client-urls "$peer:2379" \
        --initial-cluster n1=http://10.77.0.1:2380,n2=http://10.77.0.2:2380,n3=http://10.77.0.3:2380
}

start_patroni() {
    start_etcd "$1"
    local synchronous=true
    [ "$ENGINE" = patroni ] || synchronous=false
    cat >"$FAILOVER/n$1/patroni.yml" <<YML
scope: kit
name: n$1
restapi: {listen: '0.0.0.0:8008', connect_address: '10.77.0.$1:8008'}
etcd3: {hosts: ['10.77.0.1:2379', '10.77.0.2:2379', '10.77.0.3:2379']}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    synchronous_mode: $synchronous
    synchronous_mode_strict: $synchronous
    postgresql: {use_pg_rewind: true, parameters: {max_connections: 200, shared_buffers: 32MB}}
  initdb: [{encoding: UTF8}, no-locale]
postgresql:
  listen: '0.0.0.0:5432'
  connect_address: '10.77.0.$1:5432'
  data_dir: $FAILOVER/n$1/data
  bin_dir: $(dirname "$(find /usr/lib/postgresql -path '*/bin/initdb' | sort -V | tail -n 1)")
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  pgpass: $FAILOVER/n$1/pgpass
  parameters: {unix_socket_directories: $FAILOVER/n$1}
  pg_hba: ['local all all trust', 'host all all 0.0.0.0/0 trust', 'host replication all 0.0.0.0/0 trust']
  authentication:
    superuser: {username: app, password: app}
    replication: {username: replicator, password: replicator}
YML
    run "$1" postgres env PYTHONPATH="$patroni" /usr/bin/python3 -m patroni "$FAILOVER/n$1/patroni.yml"
}

start_sentinel() {
    local folder=$FAILOVER/n$1 follow=
    if [ ! -e "$folder/redis.conf" ]; then
        [ "$1" = 1 ] || follow='replicaof 10.77.0.1 6379'
        cat >"$folder/redis.conf" <<CONF
bind 0.0.0.0
port 6379
protected-mode no
dir $folder
appendonly yes
appendfsync always
maxmemory-policy noeviction
save ""
replica-announce-ip 10.77.0.$1
$follow
CONF
        cat >"$folder/sentinel.conf" <<CONF
bind 0.0.0.0
port 26379
protected-mode no
dir $folder
sentinel announce-ip 10.77.0.$1
sentinel monitor kit 10.77.0.1 6379 2
sentinel down-after-milliseconds kit 1500
sentinel failover-timeout kit 5000
CONF
        chown redis "$folder"/*.conf
    fi
    run "$1" redis redis-server "$folder/redis.conf"
    run "$1" redis redis-sentinel "$folder/sentinel.conf"
}

start() {
    case $ENGINE in
    etcd*) start_etcd "$1" ;;
    patroni*) start_patroni "$1" ;;
    sentinel) start_sentinel "$1" ;;
    esac
}

# signal SIGNAL N: to every process on a machine.
signal() {
    # shellcheck disable=SC2046 # One word for each process.
    kill "-$1" $(ip netns pids "n$2")
}

node() {
    case $1 in
    start) start "$2" ;;
    kill)
        signal KILL "$2"
        while [ -n "$(ip netns pids "n$2")" ]; do sleep 0.05; done
        ;;
    pause) signal STOP "$2" ;;
    resume) signal CONT "$2" ;;
    cut) ip link set "v77$2" nomaster ;;
    heal) ip link set "v77$2" master br77 ;;
    esac
}

# One engine, on machines and in processes that end with it.
inside() {
    local n owner
    export ENGINE=$1 FAILOVER
    case $ENGINE in
    etcd*) owner=etcd ;;
    patroni*) owner=postgres ;;
    sentinel) owner=redis ;;
    esac
    FAILOVER=$(mktemp -d)
    chmod 755 "$FAILOVER"
    trap 'for n in 1 2 3; do node kill "$n" 2>/dev/null || true; done; rm -rf "$FAILOVER"' EXIT
    network
    for n in 1 2 3; do
        mkdir "$FAILOVER/n$n"
        chown "$owner" "$FAILOVER/n$n"
        # Patroni and its etcd are two users.
        [ "$owner" != postgres ] || chmod 777 "$FAILOVER/n$n"
        start "$n"
    done
    # A name without a test would pass.
    "$FAILOVER_PROGRAM" --exact "$ENGINE" --ignored --nocapture --test-threads 1 | tee "$FAILOVER/out" &&
        grep -q '^fault |' "$FAILOVER/out" || {
        tail -n 20 "$FAILOVER"/n?/log >&2
        exit 1
    }
}

engine() {
    echo "== failover of $1 ($(date -u +%F), ${FAULTS:-20} faults)"
    FAILOVER_SCRIPT=$script unshare --net --mount --pid --fork --kill-child --mount-proc -- bash "$script" inside "$1"
}

case ${1-} in
--list)
    printf '%s\n' "${engines[@]}"
    exit
    ;;
node)
    node "$2" "$3"
    exit
    ;;
inside)
    inside "$2"
    exit
    ;;
--short)
    chosen=(etcd)
    export FAULTS=2
    packages=(etcd-server iproute2)
    ;;
*)
    chosen=("${@:-${engines[@]}}")
    [ $# -gt 0 ] || chosen=("${engines[@]}")
    ;;
esac

cd "$repository"
install_missing
case " ${chosen[*]} " in *' patroni'*) install_patroni ;; esac
cargo test --locked -q -p second-factor-storage --test failover --no-run
FAILOVER_PROGRAM=$(cargo test --locked -p second-factor-storage --test failover --no-run --message-format json |
    sed -n 's/.*"executable":"\([^"]*failover[^"]*\)".*/\1/p')
export FAILOVER_PROGRAM
for name in "${chosen[@]}"; do
    engine "$name"
done
