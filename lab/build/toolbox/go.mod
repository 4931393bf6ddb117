module antctl.lab/toolbox

go 1.21
