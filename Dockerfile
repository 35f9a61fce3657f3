# The image: `docker build -t charter .`. It holds the program, the libraries that it is linked with,
# the CA certificates and one user; no shell, nothing else. For CI systems that run their scripts
# inside the image there is another with a shell: `docker build --target ci -t charter:ci .`.
#
# The same commit, base image and packages give the same bytes, where SOURCE_DATE_EPOCH is set (with
# BuildKit: --output type=image,rewrite-timestamp=true). The program's bytes depend on the compiler
# alone. To pin the base, give its digest, as `docker buildx imagetools inspect debian:12-slim`
# prints it: --build-arg BASE=debian:12-slim@sha256:... The workflows that `charter init` writes pin charter
# by its commit, which stands in no file: --build-arg CHARTER_COMMIT="$(git rev-parse HEAD)".
ARG BASE=debian:12-slim

FROM ${BASE} AS build
WORKDIR /src
COPY tests/setup.sh tests/setup.sh
RUN apt-get update -q && apt-get install -y -q --no-install-recommends make && tests/setup.sh build
COPY . .
ARG SOURCE_DATE_EPOCH=0
ARG CHARTER_COMMIT=
RUN make FLAVOUR=dist binary && .github/release.sh image build/dist/charter /image

FROM ${BASE} AS ci
COPY --from=build /image/usr/ /usr/
COPY --from=build /image/etc/ssl/ /etc/ssl/

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
# ssh looks for .ssh/known_hosts and keys below HOME; the journal of an apply is below XDG_STATE_HOME:
# mount something at either to bring them or to keep them.
ENV HOME=/home/charter XDG_STATE_HOME=/tmp/state
WORKDIR /repository
ENTRYPOINT ["/usr/bin/charter"]
