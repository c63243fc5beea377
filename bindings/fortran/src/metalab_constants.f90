! Written by generate.py; do not edit.
!> Statuses and enumerations, as include/metalab.h has them.
module metalab_constants_m
  implicit none
  private

  integer, parameter, public :: METALAB_NAME_MAX = 200
  integer, parameter, public :: METALAB_ABI_VERSION = 1
  integer, parameter, public :: METALAB_STDOUT = 1
  integer, parameter, public :: METALAB_STDERR = 2
  integer, parameter, public :: METALAB_SIGNALS_FATAL = 1
  integer, parameter, public :: METALAB_SIGNALS_STOP = 2
  integer, parameter, public :: METALAB_OK = 0
  integer, parameter, public :: METALAB_SKIP = 1
  integer, parameter, public :: METALAB_NO_CAPTURE = 2
  integer, parameter, public :: METALAB_ERR_NULL = 3
  integer, parameter, public :: METALAB_ERR_UTF8 = 4
  integer, parameter, public :: METALAB_ERR_NAME = 5
  integer, parameter, public :: METALAB_ERR_VALUE = 6
  integer, parameter, public :: METALAB_ERR_JSON = 7
  integer, parameter, public :: METALAB_ERR_CLOSED = 8
  integer, parameter, public :: METALAB_ERR_HANDLE = 9
  integer, parameter, public :: METALAB_ERR_EXISTS = 10
  integer, parameter, public :: METALAB_ERR_BUSY = 11
  integer, parameter, public :: METALAB_ERR_IO = 12
  integer, parameter, public :: METALAB_ERR_FULL = 13
  integer, parameter, public :: METALAB_ERR_ACCESS = 14
  integer, parameter, public :: METALAB_ERR_NOT_FOUND = 15
  integer, parameter, public :: METALAB_ERR_MEMORY = 16
  integer, parameter, public :: METALAB_ERR_UNSUPPORTED = 17
  integer, parameter, public :: METALAB_ERR_PANIC = 18
  integer, parameter, public :: METALAB_ERR_INCOMPLETE = 19
  integer, parameter, public :: METALAB_IF_SUCCESS_RERUN = 0
  integer, parameter, public :: METALAB_IF_SUCCESS_REFUSE = 1
  integer, parameter, public :: METALAB_IF_SUCCESS_SKIP = 2
  integer, parameter, public :: METALAB_FLUSH_VISIBLE = 0
  integer, parameter, public :: METALAB_FLUSH_DURABLE = 1
  integer, parameter, public :: METALAB_ROLE_AUTO = 0
  integer, parameter, public :: METALAB_ROLE_OWNER = 1
  integer, parameter, public :: METALAB_ROLE_WORKER = 2
  integer, parameter, public :: METALAB_BOOL = 1
  integer, parameter, public :: METALAB_INT8 = 2
  integer, parameter, public :: METALAB_INT16 = 3
  integer, parameter, public :: METALAB_INT32 = 4
  integer, parameter, public :: METALAB_INT64 = 5
  integer, parameter, public :: METALAB_UINT8 = 6
  integer, parameter, public :: METALAB_UINT16 = 7
  integer, parameter, public :: METALAB_UINT32 = 8
  integer, parameter, public :: METALAB_UINT64 = 9
  integer, parameter, public :: METALAB_FLOAT32 = 10
  integer, parameter, public :: METALAB_FLOAT64 = 11
  integer, parameter, public :: METALAB_COMPLEX64 = 12
  integer, parameter, public :: METALAB_COMPLEX128 = 13
  integer, parameter, public :: METALAB_ORDER_C = 0
  integer, parameter, public :: METALAB_ORDER_F = 1
  integer, parameter, public :: METALAB_FILE_COPY = 0
  integer, parameter, public :: METALAB_FILE_LINK = 1
  integer, parameter, public :: METALAB_FILE_MOVE = 2
  integer, parameter, public :: METALAB_COLORMAP_VIRIDIS = 0
  integer, parameter, public :: METALAB_COLORMAP_MAGMA = 1
  integer, parameter, public :: METALAB_COLORMAP_DIVERGING = 2
  integer, parameter, public :: METALAB_COLORMAP_GRAY = 3
  integer, parameter, public :: METALAB_LEVEL_DEBUG = 10
  integer, parameter, public :: METALAB_LEVEL_INFO = 20
  integer, parameter, public :: METALAB_LEVEL_WARNING = 30
  integer, parameter, public :: METALAB_LEVEL_ERROR = 40
  integer, parameter, public :: METALAB_LEVEL_CRITICAL = 50
end module
