module antctl.dev/cni

go 1.21
